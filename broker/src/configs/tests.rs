//! Layering, validation and parsing, seen from outside.

use super::*;

fn configs(fixed: &[(&str, &str)]) -> Configs {
    let mut config = BrokerConfig::new("/data".into());
    config.static_configs = fixed
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Configs::new(&config, Vec::new()).unwrap()
}

fn topic() -> Resource {
    Resource::Topic("t".into())
}

fn set(name: &str, value: &str) -> Alteration {
    Alteration::Edit(vec![(name.into(), Edit::Set(value.into()))])
}

fn alter(configs: &Configs, resource: Resource, alteration: Alteration) {
    configs.apply(configs.plan(resource, alteration).unwrap());
}

#[track_caller]
fn refused(resource: Resource, alteration: Alteration, message: &str) {
    let error = configs(&[])
        .plan(resource, alteration)
        .unwrap_err()
        .to_string();
    assert!(error.contains(message), "{error}");
}

/// (value, source, candidates as `name=value source`) of a topic key.
fn described(configs: &Configs, name: &str) -> (Option<String>, Source, Vec<String>) {
    let all = configs.describe_topic("t", |_| true);
    let found = all.into_iter().find(|d| d.key.name == name).unwrap();
    let show = |c: &Candidate| {
        format!(
            "{}={} {:?}",
            c.name,
            c.value.as_deref().unwrap_or("null"),
            c.source
        )
    };
    (
        found.value,
        found.source,
        found.candidates.iter().map(show).collect(),
    )
}

#[test]
fn defaults_are_those_of_the_product() {
    let configs = configs(&[]);
    let config = configs.topic_config("t");
    assert_eq!(config.log.retention_ms, 72 * 3_600_000);
    assert_eq!(config.log.segment_bytes, 1 << 30);
    assert_eq!(config.log.segment_ms, 7 * 86_400_000);
    assert_eq!(config.max_message_bytes, 10 << 20);
    assert!(config.log.cleanup_delete && !config.log.cleanup_compact && !config.compacted);
    assert!(!configs.auto_create_topics());
    assert_eq!(configs.num_partitions(), 3);
    assert_eq!(
        configs.group_settings().offsets_retention_ms,
        10_080 * 60_000
    );
    assert_eq!(
        configs.group_settings().initial_rebalance_delay,
        Duration::ZERO
    );
    assert_eq!(configs.connections_max_idle(), Duration::from_secs(600));
    assert_eq!(configs.max_connections_per_ip(), 1_000);
}

#[test]
fn the_nearest_layer_wins() {
    let configs = configs(&[("log.segment.bytes", "2000")]);
    let bytes = || configs.topic_config("t").log.segment_bytes;
    assert_eq!(bytes(), 2_000);
    alter(
        &configs,
        Resource::BrokerDefault,
        set("log.segment.bytes", "3000"),
    );
    assert_eq!(bytes(), 3_000);
    alter(&configs, Resource::Broker, set("log.segment.bytes", "4000"));
    assert_eq!(bytes(), 4_000);
    alter(&configs, topic(), set("segment.bytes", "5000"));
    assert_eq!(bytes(), 5_000);
    let (value, source, candidates) = described(&configs, "segment.bytes");
    assert_eq!((value.as_deref(), source), (Some("5000"), Source::Topic));
    let expected = [
        "segment.bytes=5000 Topic",
        "log.segment.bytes=4000 Broker",
        "log.segment.bytes=3000 BrokerDefault",
        "log.segment.bytes=2000 Static",
        "log.segment.bytes=1073741824 Default",
    ];
    assert_eq!(candidates, expected);
    alter(
        &configs,
        topic(),
        Alteration::Edit(vec![("segment.bytes".into(), Edit::Delete)]),
    );
    assert_eq!(bytes(), 4_000);
}

#[test]
fn hours_minutes_and_milliseconds_of_retention() {
    let configs = configs(&[("log.retention.hours", "2")]);
    let retention = || configs.topic_config("t").log.retention_ms;
    assert_eq!(retention(), 2 * 3_600_000);
    alter(&configs, Resource::Broker, set("log.retention.hours", "3"));
    assert_eq!(retention(), 3 * 3_600_000);
    alter(
        &configs,
        Resource::BrokerDefault,
        set("log.retention.minutes", "5"),
    );
    assert_eq!(retention(), 5 * 60_000);
    alter(
        &configs,
        Resource::BrokerDefault,
        set("log.retention.ms", "-1"),
    );
    assert_eq!(retention(), -1);
    let (value, source, _) = described(&configs, "retention.ms");
    assert_eq!(
        (value.as_deref(), source),
        (Some("-1"), Source::BrokerDefault)
    );
}

#[test]
fn topics_without_own_values_share_one_configuration() {
    let configs = configs(&[]);
    assert!(Arc::ptr_eq(
        &configs.topic_config("a"),
        &configs.topic_config("b")
    ));
    alter(&configs, Resource::Broker, set("num.partitions", "5"));
    assert!(Arc::ptr_eq(
        &configs.topic_config("a"),
        &configs.topic_config("b")
    ));
    assert_eq!(configs.num_partitions(), 5);
}

#[test]
fn jitter_spreads_topics_and_stays_in_range() {
    let configs = configs(&[("log.roll.ms", "1000"), ("log.roll.jitter.ms", "600")]);
    let rolls: std::collections::BTreeSet<i64> = (0..100)
        .map(|i| configs.topic_config(&format!("t{i}")).log.segment_ms)
        .collect();
    assert!(
        rolls.len() > 50 && rolls.iter().all(|ms| (401..=1_000).contains(ms)),
        "{rolls:?}"
    );
}

#[test]
fn lists_grow_and_shrink() {
    let configs = configs(&[]);
    let edit = |edit| Alteration::Edit(vec![("cleanup.policy".into(), edit)]);
    let policy = || described(&configs, "cleanup.policy").0.unwrap();
    alter(&configs, topic(), edit(Edit::Append("compact".into())));
    assert_eq!(policy(), "delete,compact");
    alter(&configs, topic(), edit(Edit::Append("compact".into())));
    assert_eq!(policy(), "delete,compact");
    alter(&configs, topic(), edit(Edit::Subtract("delete".into())));
    assert_eq!(policy(), "compact");
    assert!(configs.topic_config("t").compacted);
    let error = configs
        .plan(topic(), edit(Edit::Subtract("compact".into())))
        .unwrap_err();
    assert!(error.to_string().contains("cleanup.policy"), "{error}");
}

#[test]
fn replacing_drops_what_is_not_named() {
    let configs = configs(&[]);
    alter(&configs, topic(), set("segment.bytes", "5000"));
    let plan = configs
        .plan(
            topic(),
            Alteration::Replace(vec![("retention.ms".into(), " 9 ".into())]),
        )
        .unwrap();
    let (kind, resource) = (KIND_TOPIC, "t".to_owned());
    let row = ConfigRow {
        kind,
        resource: resource.clone(),
        key: "retention.ms".into(),
        value: "9".into(),
    };
    let removal = Change::RemoveConfig {
        kind,
        resource,
        key: "segment.bytes".into(),
    };
    assert_eq!(plan.changes, [removal, Change::PutConfig(row)]);
    configs.apply(plan);
    let config = configs.topic_config("t");
    assert_eq!(
        (config.log.segment_bytes, config.log.retention_ms),
        (1 << 30, 9)
    );
}

#[test]
fn wrong_changes_say_what_is_wrong() {
    refused(
        topic(),
        set("retention.hours", "1"),
        "Unknown topic config name: retention.hours",
    );
    refused(
        Resource::Broker,
        set("retention.ms", "1"),
        "Unknown broker config name: retention.ms",
    );
    refused(topic(), set("max.message.bytes", "10485761"), "10485761");
    refused(
        topic(),
        set("max.message.bytes", "10485761"),
        "from 0 to 10485760",
    );
    refused(
        Resource::Broker,
        set("log.dirs", "/tmp"),
        "log.dirs cannot be changed while the broker runs",
    );
    refused(topic(), set("remote.storage.enable", "true"), "only false");
    let append = Alteration::Edit(vec![("retention.ms".into(), Edit::Append("1".into()))]);
    refused(topic(), append, "retention.ms: it is not a list");
    let pair = ("retention.ms".to_owned(), Edit::Delete);
    refused(
        topic(),
        Alteration::Edit(vec![pair.clone(), pair]),
        "retention.ms is named more than once",
    );
    let pair = ("retention.ms".to_owned(), "1".to_owned());
    refused(
        topic(),
        Alteration::Replace(vec![pair.clone(), pair]),
        "retention.ms is named more than once",
    );
    let lags = [
        ("min.compaction.lag.ms", "9"),
        ("max.compaction.lag.ms", "8"),
    ];
    let lags = lags.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
    refused(
        topic(),
        Alteration::Replace(lags),
        "min.compaction.lag.ms is 9, more than max.compaction.lag.ms, which is 8",
    );
}

#[test]
fn session_timeouts_stay_ordered_across_layers() {
    let configs = configs(&[("group.max.session.timeout.ms", "10000")]);
    let error = configs
        .plan(
            Resource::Broker,
            set("group.min.session.timeout.ms", "20000"),
        )
        .unwrap_err();
    assert!(error.to_string().contains("which is 10000"), "{error}");
}

#[test]
fn start_up_values_are_checked() {
    let open = |name: &str, value: &str| {
        let mut config = BrokerConfig::new("/data".into());
        config.static_configs.insert(name.into(), value.into());
        Configs::new(&config, Vec::new()).unwrap_err().to_string()
    };
    assert_eq!(
        open("node.id", "7"),
        "node.id is configured as 7, but the broker was started with 1."
    );
    assert_eq!(
        open("num.partition", "1"),
        "Unknown broker config name: num.partition"
    );
    assert_eq!(
        open("num.partitions", "0"),
        "Invalid value 0 for configuration num.partitions: allowed is a whole number from 1 to 100."
    );
}

#[test]
fn stored_rows_come_back_and_foreign_ones_are_left_out() {
    let row = |kind, resource: &str, key: &str, value: &str| ConfigRow {
        kind,
        resource: resource.into(),
        key: key.into(),
        value: value.into(),
    };
    let rows = vec![
        row(KIND_TOPIC, "t", "retention.ms", "7"),
        row(KIND_TOPIC, "t", "from.the.future", "7"),
        row(KIND_TOPIC, "t", "segment.bytes", "1"),
        row(KIND_BROKER, "", "num.partitions", "9"),
        row(99, "x", "y", "z"),
    ];
    let configs = Configs::new(&BrokerConfig::new("/data".into()), rows).unwrap();
    let config = configs.topic_config("t");
    assert_eq!(
        (config.log.retention_ms, config.log.segment_bytes),
        (7, 1 << 30)
    );
    assert_eq!(configs.num_partitions(), 9);
    assert_eq!(configs.describe_broker_default().len(), 1);
}

#[test]
fn broker_description_names_every_key_once() {
    let all = configs(&[]).describe_broker();
    assert_eq!(all.len(), broker_keys::BROKER_KEYS.len());
    let find = |name: &str| all.iter().find(|d| d.key.name == name).unwrap();
    assert_eq!(
        (find("node.id").value.as_deref(), find("node.id").source),
        (Some("1"), Source::Static)
    );
    assert_eq!(
        (
            find("log.retention.ms").value.as_deref(),
            find("log.retention.ms").source
        ),
        (None, Source::Default)
    );
    assert_eq!(find("log.dirs").value.as_deref(), Some("/data/logs"));
}
