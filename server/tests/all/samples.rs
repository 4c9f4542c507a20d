//! Sample programs on the topic's page.

use crate::world::{World, assert_no_inline_code, form};
use axum::http::{StatusCode, header};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_program_is_shown_and_saved() {
    let world = World::with_broker().await;
    let mut browser = world.signed_in().await;
    let token = browser.token("/create-topic").await;
    let fields = [
        ("csrf", token.as_str()),
        ("name", "orders"),
        ("partitions", "1"),
        ("retention", "72"),
        ("cleanup", "delete"),
    ];
    browser.post("/create-topic", &form(&fields)).await;
    let at = "/topics/orders/samples";
    assert!(browser.get("/topics/orders").await.text.contains(at));
    let mut saved = 0;
    for lang in ["java", "go", "python", "node", "rust", "kcat"] {
        let page = browser.get(&format!("{at}?lang={lang}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_no_inline_code(&page.text);
        assert_eq!(page.text.matches("<h1>").count(), 1);
        for part in page.text.split(&format!("href=\"{at}/{lang}/")).skip(1) {
            let file = part.split('"').next().unwrap();
            let answer = browser.get(&format!("{at}/{lang}/{file}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{file}");
            let disposition = format!("attachment; filename=\"{file}\"");
            assert_eq!(answer.headers[header::CONTENT_DISPOSITION], disposition);
            assert!(answer.text.contains("kafka.test:9092") && answer.text.contains("orders"));
            // What is shown is what is saved.
            let escaped = answer
                .text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            assert!(page.text.contains(&escaped), "{escaped}");
            saved += 1;
        }
    }
    assert_eq!(saved, 12);
    let first = browser.get(at).await.text;
    assert!(first.contains("Producer.java"));
    for wrong in [
        "java/../producer.go",
        "java/producer.go",
        "cobol/Producer.java",
        "java/",
    ] {
        let answer = browser.get(&format!("{at}/{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    let absent = browser
        .get("/topics/nowhere/samples/java/Producer.java")
        .await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    let mut stranger = world.browser();
    let answer = stranger.get(&format!("{at}/java/Producer.java")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}
