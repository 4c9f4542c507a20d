//! Every API this broker answers, with its versions. ApiVersions is computed from here: what is not in the table does not exist.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::*;

use super::{Outcome, Refused, decode, encode};
use crate::Broker;
use crate::net::RequestContext;

/// One API with the versions advertised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api {
    pub(crate) key: ApiKey,
    pub(crate) min: i16,
    pub(crate) max: i16,
}

/// Finds an API in the table.
pub(crate) fn find(key: ApiKey) -> Option<&'static Api> {
    TABLE.iter().find(|api| api.key == key)
}

macro_rules! apis {
    (special: $($special:ident $smin:literal..=$smax:literal),*; plain: $($module:ident $key:ident $request:ident $min:literal..=$max:literal),* $(,)?) => {
        /// Ordered by duty: data, groups, administration.
        pub(crate) const TABLE: &[Api] = &[
            $(Api { key: ApiKey::$special, min: $smin, max: $smax },)*
            $(Api { key: ApiKey::$key, min: $min, max: $max },)*
        ];

        /// Decodes the body, calls the handler, encodes its answer.
        pub(crate) async fn dispatch(
            broker: &Arc<Broker>,
            ctx: &RequestContext,
            key: ApiKey,
            correlation_id: i32,
            mut body: Bytes,
        ) -> Result<Outcome, Refused> {
            let version = ctx.version;
            match key {
                ApiKey::Produce => {
                    let request = decode(key, version, &mut body)?;
                    drop(body);
                    super::produce::handle(broker, ctx, request, correlation_id)
                }
                ApiKey::Fetch => {
                    let request = decode(key, version, &mut body)?;
                    drop(body);
                    Box::pin(super::fetch::handle(broker, ctx, request, correlation_id)).await
                }
                $(ApiKey::$key => {
                    let request: $request = decode(key, version, &mut body)?;
                    drop(body);
                    let response = Box::pin(super::$module::handle(broker, ctx, request)).await;
                    encode(key, version, correlation_id, &response).map(Outcome::Reply)
                })*
                _ => Err(Refused::UnknownKey(key as i16)),
            }
        }
    };
}

apis! {
    // librdkafka before 2.8 enables compression only when Produce 0 is advertised (KAFKA-18659); 0–2 are refused when sent.
    special: Produce 0..=13, Fetch 4..=18;
    plain:
    api_versions ApiVersions ApiVersionsRequest 0..=4,
    list_offsets ListOffsets ListOffsetsRequest 1..=10,
    offset_for_leader_epoch OffsetForLeaderEpoch OffsetForLeaderEpochRequest 2..=4,
    init_producer_id InitProducerId InitProducerIdRequest 0..=5,
    describe_producers DescribeProducers DescribeProducersRequest 0..=0,
    delete_records DeleteRecords DeleteRecordsRequest 0..=2,
    find_coordinator FindCoordinator FindCoordinatorRequest 0..=6,
    join_group JoinGroup JoinGroupRequest 0..=9,
    sync_group SyncGroup SyncGroupRequest 0..=5,
    heartbeat Heartbeat HeartbeatRequest 0..=4,
    leave_group LeaveGroup LeaveGroupRequest 0..=5,
    offset_commit OffsetCommit OffsetCommitRequest 2..=9,
    offset_fetch OffsetFetch OffsetFetchRequest 1..=9,
    offset_delete OffsetDelete OffsetDeleteRequest 0..=0,
    list_groups ListGroups ListGroupsRequest 0..=5,
    describe_groups DescribeGroups DescribeGroupsRequest 0..=6,
    delete_groups DeleteGroups DeleteGroupsRequest 0..=2,
    metadata Metadata MetadataRequest 0..=13,
    describe_cluster DescribeCluster DescribeClusterRequest 0..=2,
    describe_topic_partitions DescribeTopicPartitions DescribeTopicPartitionsRequest 0..=0,
    create_topics CreateTopics CreateTopicsRequest 2..=7,
    delete_topics DeleteTopics DeleteTopicsRequest 1..=6,
    create_partitions CreatePartitions CreatePartitionsRequest 0..=3,
    describe_configs DescribeConfigs DescribeConfigsRequest 1..=4,
    alter_configs AlterConfigs AlterConfigsRequest 0..=2,
    incremental_alter_configs IncrementalAlterConfigs IncrementalAlterConfigsRequest 0..=1,
    list_config_resources ListConfigResources ListConfigResourcesRequest 0..=1,
    describe_log_dirs DescribeLogDirs DescribeLogDirsRequest 1..=4,
    describe_acls DescribeAcls DescribeAclsRequest 1..=3,
    create_acls CreateAcls CreateAclsRequest 1..=3,
    delete_acls DeleteAcls DeleteAclsRequest 1..=3,
    list_partition_reassignments ListPartitionReassignments ListPartitionReassignmentsRequest 0..=0,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_advertised_version_can_be_decoded() {
        for api in TABLE {
            let valid = api.key.valid_versions();
            assert!(api.max <= valid.max, "{:?}", api.key);
            assert!(
                api.min >= valid.min || api.key == ApiKey::Produce,
                "{:?}",
                api.key
            );
        }
    }

    #[test]
    fn each_api_stands_once() {
        for (i, api) in TABLE.iter().enumerate() {
            assert!(
                TABLE[i + 1..].iter().all(|other| other.key != api.key),
                "{:?}",
                api.key
            );
        }
    }
}
