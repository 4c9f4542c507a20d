//! Alarms in this process: their records, the task that judges, the task that sends.

use std::path::Path;
use std::sync::Arc;

use app::alarms::Writer;
use metrics::Live;
use metrics::alarms::Book;
use metrics::notify::Targets;
use storage::clock::SystemClock;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Opened, then started, then closed.
#[derive(Debug)]
pub(crate) struct Alarms {
    /// None where the records could not be opened: nothing is judged, the pages say so, all else goes on.
    book: Option<Book>,
    tasks: Vec<JoinHandle<()>>,
}

impl Alarms {
    /// Opens the records in the data directory.
    pub(crate) async fn open(data_dir: &Path, targets: Targets) -> Self {
        let opened = Book::open(data_dir, Arc::new(SystemClock), targets, Arc::new(Writer)).await;
        let book = opened
            .inspect_err(|error| tracing::error!(%error, "no alarms are judged"))
            .ok();
        let tasks = Vec::new();
        Self { book, tasks }
    }

    /// For the pages.
    pub(crate) fn book(&self) -> Option<Book> {
        self.book.clone()
    }

    /// Judges each minute that is sampled, and sends what came of it.
    pub(crate) fn start(&mut self, live: &Live, stopped: &watch::Receiver<bool>) {
        let Some(book) = &self.book else { return };
        self.tasks
            .push(tokio::spawn(book.clone().send(stopped.clone())));
        // Without a store nobody could tell what was deleted from what is not known.
        match live.store() {
            Some(store) => {
                let values = Arc::new(store.clone());
                let follow = book.clone().follow(live.minutes(), values, stopped.clone());
                self.tasks.push(tokio::spawn(follow));
            }
            None => tracing::error!("without a store of metrics no alarms are judged"),
        }
    }

    /// Waits for both tasks, which end by themselves once the process stops, and closes the records.
    pub(crate) async fn close(self) {
        for task in self.tasks {
            // A task that panicked has nothing left to wait for.
            let _ = task.await;
        }
        if let Some(book) = self.book {
            book.close().await;
        }
    }
}
