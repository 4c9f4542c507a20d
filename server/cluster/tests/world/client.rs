//! A client of a broker in this process: requests, batches, commits, members. The tests of `server` take this file too.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use broker::net::Endpoint;
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    ApiKey, GroupId, JoinGroupRequest, LeaveGroupRequest, OffsetCommitRequest, ProduceRequest,
    RequestHeader, ResponseHeader, SyncGroupRequest, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A broker in this process that requests can be sent to.
pub(crate) trait Serves {
    fn broker(&self) -> &Arc<Broker>;
}

/// Sends any request as a client does.
pub(crate) async fn ask<R: Request>(
    world: &impl Serves,
    request: &R,
    version: i16,
    client: &str,
) -> R::Response {
    let key = ApiKey::try_from(R::KEY).unwrap();
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_client_id(Some(text(client)));
    let mut frame = BytesMut::new();
    header
        .encode(&mut frame, key.request_header_version(version))
        .unwrap();
    request.encode(&mut frame, version).unwrap();
    let endpoint = Arc::new(Endpoint {
        name: "TEST".into(),
        host: "test".into(),
        port: 1,
    });
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let answer = world.broker().handle_frame(peer, endpoint, frame.freeze());
    let mut answer = answer.await.unwrap();
    ResponseHeader::decode(&mut answer, key.response_header_version(version)).unwrap();
    R::Response::decode(&mut answer, version).unwrap()
}

/// A message at a place of a batch.
pub(crate) fn record(at: i64, timestamp: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> Record {
    Record {
        transactional: false,
        delete_horizon: false,
        control: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        timestamp,
        // The encoder makes one batch only of records whose numbers follow each other.
        sequence: i32::try_from(at).unwrap() - 1,
        offset: at,
        key: key.map(Bytes::copy_from_slice),
        value: value.map(Bytes::copy_from_slice),
        headers: Default::default(),
    }
}

/// Appends one batch.
pub(crate) async fn append(
    world: &impl Serves,
    topic: &str,
    partition: i32,
    records: &[Record],
    compression: Compression,
) {
    let mut batch = BytesMut::new();
    let options = RecordEncodeOptions {
        version: 2,
        compression,
    };
    RecordBatchEncoder::encode(&mut batch, records, &options).unwrap();
    let data = PartitionProduceData::default()
        .with_index(partition)
        .with_records(Some(batch.freeze()));
    let topic = TopicProduceData::default()
        .with_name(TopicName(text(topic)))
        .with_partition_data(vec![data]);
    let request = ProduceRequest::default()
        .with_acks(-1)
        .with_timeout_ms(5_000)
        .with_topic_data(vec![topic]);
    let answer = ask(world, &request, 9, "producer").await;
    assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
}

/// Commits offsets as a consumer without membership does.
pub(crate) async fn commit(world: &impl Serves, group: &str, offsets: &[(&str, i32, i64)]) {
    let topics = offsets.chunk_by(|a, b| a.0 == b.0).map(|run| {
        let partitions = run.iter().map(|(_, partition, offset)| {
            OffsetCommitRequestPartition::default()
                .with_partition_index(*partition)
                .with_committed_offset(*offset)
                .with_committed_metadata(Some(text("")))
        });
        OffsetCommitRequestTopic::default()
            .with_name(TopicName(text(run[0].0)))
            .with_partitions(partitions.collect())
    });
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(topics.collect());
    let answer = loop {
        let answer = ask(world, &request, 8, "committer").await;
        // The coordinator makes its topic at the first question.
        if !matches!(answer.topics[0].partitions[0].error_code, 14..=16) {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let codes = answer
        .topics
        .iter()
        .flat_map(|t| &t.partitions)
        .map(|p| p.error_code);
    assert!(codes.into_iter().all(|code| code == 0), "{answer:?}");
}

/// A member that leads its group.
pub(crate) struct Member {
    group: String,
    id: StrBytes,
    generation: i32,
    client: String,
}

impl Member {
    /// Joins as the only member and is the leader then.
    pub(crate) async fn join(
        world: &impl Serves,
        group: &str,
        client: &str,
        topics: &[&str],
    ) -> Self {
        let mut id = StrBytes::default();
        loop {
            let protocol = JoinGroupRequestProtocol::default()
                .with_name(text("range"))
                .with_metadata(subscription(topics));
            let request = JoinGroupRequest::default()
                .with_group_id(GroupId(text(group)))
                .with_session_timeout_ms(30_000)
                .with_rebalance_timeout_ms(30_000)
                .with_member_id(id.clone())
                .with_protocol_type(text("consumer"))
                .with_protocols(vec![protocol]);
            let answer = ask(world, &request, 5, client).await;
            match answer.error_code {
                0 => {
                    return Self {
                        group: group.to_owned(),
                        id: answer.member_id,
                        generation: answer.generation_id,
                        client: client.to_owned(),
                    };
                }
                14..=16 => tokio::time::sleep(Duration::from_millis(20)).await,
                // Its id, to be sent along (KIP-394).
                79 => id = answer.member_id,
                other => panic!("join: {other}"),
            }
        }
    }

    /// Gives itself partitions.
    pub(crate) async fn assign(&self, world: &impl Serves, assigned: &[(&str, &[i32])]) {
        let assignment = SyncGroupRequestAssignment::default()
            .with_member_id(self.id.clone())
            .with_assignment(assignment(assigned));
        let request = SyncGroupRequest::default()
            .with_group_id(GroupId(text(&self.group)))
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_assignments(vec![assignment]);
        let answer = ask(world, &request, 3, &self.client).await;
        assert_eq!(answer.error_code, 0);
    }

    /// Leaves.
    pub(crate) async fn leave(self, world: &impl Serves) {
        let member = MemberIdentity::default().with_member_id(self.id);
        let request = LeaveGroupRequest::default()
            .with_group_id(GroupId(text(&self.group)))
            .with_members(vec![member]);
        let answer = ask(world, &request, 3, &self.client).await;
        assert_eq!(answer.error_code, 0);
    }
}

fn put_text(bytes: &mut BytesMut, text: &str) {
    bytes.put_i16(i16::try_from(text.len()).unwrap());
    bytes.put_slice(text.as_bytes());
}

fn subscription(topics: &[&str]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(0);
    bytes.put_i32(i32::try_from(topics.len()).unwrap());
    topics.iter().for_each(|topic| put_text(&mut bytes, topic));
    bytes.put_i32(-1);
    bytes.freeze()
}

fn assignment(assigned: &[(&str, &[i32])]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(0);
    bytes.put_i32(i32::try_from(assigned.len()).unwrap());
    for (topic, partitions) in assigned {
        put_text(&mut bytes, topic);
        bytes.put_i32(i32::try_from(partitions.len()).unwrap());
        partitions.iter().for_each(|p| bytes.put_i32(*p));
    }
    bytes.put_i32(-1);
    bytes.freeze()
}
