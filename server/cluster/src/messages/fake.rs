//! A cluster made by hand, for tests: it stores any bytes, counts fetches, and cuts the last batch of a fetch as Kafka does.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::metadata_response::{
    MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, BrokerId, DescribeConfigsRequest, DescribeConfigsResponse,
    FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse, MetadataResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use parking_lot::Mutex;

use super::batch::batches;
use super::scan::{Met, Scratch, scan_batch};
use crate::error::ClusterError;
use crate::transport::Transport;
use crate::{Cluster, offsets};

pub(crate) const TOPIC: &str = "t";

/// What is asked of it, and the newest version it speaks of that.
const VERSIONS: [(ApiKey, i16, i16); 5] = [
    (ApiKey::ApiVersions, 0, 3),
    (ApiKey::Metadata, 4, 9),
    (ApiKey::ListOffsets, 1, 7),
    (ApiKey::Fetch, 4, 11),
    (ApiKey::DescribeConfigs, 1, 4),
];

#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) batches: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) parts: BTreeMap<i32, Part>,
    pub(crate) fetches: BTreeMap<i32, u32>,
    pub(crate) configs: Vec<(&'static str, &'static str)>,
    /// So many fetches are answered with nothing.
    pub(crate) empty: u32,
    /// Fetches are answered from this offset on, whatever they ask for.
    pub(crate) always_from: Option<i64>,
    /// After so many fetches the topic is gone.
    pub(crate) gone_after: Option<u32>,
    /// After so many fetches all partitions begin here.
    pub(crate) cut_after: Option<(u32, i64)>,
}

#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) state: Mutex<State>,
}

impl Fake {
    /// A topic with these partitions: the batches of each, one after another.
    pub(crate) fn new(parts: Vec<Vec<Vec<u8>>>) -> (Arc<Self>, Arc<Cluster>) {
        let part = |stored: Vec<Vec<u8>>| {
            let whole = stored.concat();
            let found: Vec<_> = batches(&whole)
                .map(|b| (b.base_offset, b.last_offset))
                .collect();
            Part {
                start: found.first().map_or(0, |(first, _)| *first),
                end: found.last().map_or(0, |(_, last)| last + 1),
                batches: stored,
            }
        };
        let fake = Arc::new(Self::default());
        fake.state.lock().parts = (0..).zip(parts.into_iter().map(part)).collect();
        let cluster = Cluster::over(Arc::clone(&fake) as Arc<dyn Transport>);
        (fake, Arc::new(cluster))
    }

    pub(crate) fn fetches(&self) -> Vec<(i32, u32)> {
        self.state.lock().fetches.clone().into_iter().collect()
    }
}

impl State {
    fn is_gone(&self) -> bool {
        self.gone_after
            .is_some_and(|after| self.fetches.values().sum::<u32>() >= after)
    }

    fn metadata(&self) -> MetadataResponse {
        let partition = |index: &i32| {
            MetadataResponsePartition::default()
                .with_partition_index(*index)
                .with_leader_id(BrokerId(1))
        };
        let topic = MetadataResponseTopic::default()
            .with_name(Some(offsets::name(TOPIC)))
            .with_error_code(if self.is_gone() { 3 } else { 0 })
            .with_partitions(self.parts.keys().map(partition).collect());
        MetadataResponse::default().with_topics(vec![topic])
    }

    fn list_offsets(&self, request: &ListOffsetsRequest) -> ListOffsetsResponse {
        let partitions = request.topics[0].partitions.iter().map(|asked| {
            let part = &self.parts[&asked.partition_index];
            let (offset, timestamp) = match asked.timestamp {
                -2 => (part.start, -1),
                -1 => (part.end, -1),
                -3 => part.newest().unwrap_or((-1, -1)),
                time => part.at_time(time).unwrap_or((-1, -1)),
            };
            ListOffsetsPartitionResponse::default()
                .with_partition_index(asked.partition_index)
                .with_offset(offset)
                .with_timestamp(timestamp)
        });
        let topic = ListOffsetsTopicResponse::default()
            .with_name(offsets::name(TOPIC))
            .with_partitions(partitions.collect());
        ListOffsetsResponse::default().with_topics(vec![topic])
    }

    fn fetch(&mut self, request: &FetchRequest) -> FetchResponse {
        let asked = &request.topics[0].partitions[0];
        *self.fetches.entry(asked.partition).or_default() += 1;
        if let Some((after, start)) = self.cut_after
            && self.fetches.values().sum::<u32>() > after
        {
            self.parts
                .values_mut()
                .for_each(|part| part.start = part.start.max(start));
        }
        let part = &self.parts[&asked.partition];
        let mut answer = PartitionData::default().with_partition_index(asked.partition);
        if self.is_gone() {
            answer.error_code = 3;
        } else if asked.fetch_offset < part.start || asked.fetch_offset > part.end {
            answer.error_code = 1;
        } else {
            let most = usize::try_from(asked.partition_max_bytes).unwrap();
            let offset = self.always_from.unwrap_or(asked.fetch_offset);
            answer.records = Some(part.read(offset, most));
            if self.empty > 0 {
                self.empty -= 1;
                answer.records = Some(Bytes::new());
            }
        }
        let topic = FetchableTopicResponse::default()
            .with_topic(offsets::name(TOPIC))
            .with_partitions(vec![answer]);
        FetchResponse::default().with_responses(vec![topic])
    }

    fn describe_configs(&self) -> DescribeConfigsResponse {
        let entry = |(name, value): &(&'static str, &'static str)| {
            DescribeConfigsResourceResult::default()
                .with_name(StrBytes::from_static_str(name))
                .with_value(Some(StrBytes::from_static_str(value)))
        };
        let result = DescribeConfigsResult::default()
            .with_resource_type(2)
            .with_resource_name(StrBytes::from_static_str(TOPIC))
            .with_configs(self.configs.iter().map(entry).collect());
        DescribeConfigsResponse::default().with_results(vec![result])
    }
}

impl Part {
    /// From the batch that holds `offset` on: the first whole, then as much as `most` allows, cut anywhere.
    fn read(&self, offset: i64, most: usize) -> Bytes {
        let mut out = Vec::new();
        for stored in &self.batches {
            let last = batches(stored).next().map(|batch| batch.last_offset);
            let base = || i64::from_be_bytes(stored[..8].try_into().unwrap());
            let is_before = last.unwrap_or_else(base) < offset;
            if !is_before {
                let room = most.saturating_sub(out.len());
                let taken = if out.is_empty() {
                    stored.len()
                } else {
                    room.min(stored.len())
                };
                out.extend_from_slice(&stored[..taken]);
            }
        }
        out.into()
    }

    fn times(&self) -> Vec<(i64, i64)> {
        let mut times = Vec::new();
        for batch in self.batches.iter().flat_map(|stored| batches(stored)) {
            let _ = scan_batch(&batch, self.start, &mut Scratch::default(), |met| {
                if let Met::Record(record) = met {
                    times.push((record.offset, record.timestamp_ms));
                }
                std::ops::ControlFlow::Continue(())
            });
        }
        times
    }

    fn at_time(&self, time: i64) -> Option<(i64, i64)> {
        self.times().into_iter().find(|(_, ms)| *ms >= time)
    }

    fn newest(&self) -> Option<(i64, i64)> {
        self.times().into_iter().rev().max_by_key(|(_, ms)| *ms)
    }
}

impl Transport for Fake {
    fn call(
        &self,
        api_key: i16,
        version: i16,
        mut body: Bytes,
    ) -> BoxFuture<'_, Result<Bytes, ClusterError>> {
        let mut state = self.state.lock();
        let mut out = BytesMut::new();
        match ApiKey::try_from(api_key).unwrap() {
            ApiKey::ApiVersions => {
                let spoken = VERSIONS.map(|(api, min, max)| {
                    ApiVersion::default()
                        .with_api_key(api as i16)
                        .with_min_version(min)
                        .with_max_version(max)
                });
                let answer = ApiVersionsResponse::default().with_api_keys(spoken.to_vec());
                answer.encode(&mut out, version).unwrap();
            }
            ApiKey::Metadata => state.metadata().encode(&mut out, version).unwrap(),
            ApiKey::ListOffsets => {
                let request = ListOffsetsRequest::decode(&mut body, version).unwrap();
                state
                    .list_offsets(&request)
                    .encode(&mut out, version)
                    .unwrap();
            }
            ApiKey::Fetch => {
                let request = FetchRequest::decode(&mut body, version).unwrap();
                state.fetch(&request).encode(&mut out, version).unwrap();
            }
            ApiKey::DescribeConfigs => {
                DescribeConfigsRequest::decode(&mut body, version).unwrap();
                state.describe_configs().encode(&mut out, version).unwrap();
            }
            other => panic!("nobody asks for {other:?}"),
        }
        Box::pin(std::future::ready(Ok(out.freeze())))
    }
}
