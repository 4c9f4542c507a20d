//! Everything one can ask of one Kafka cluster, as plain structs and verbs.
