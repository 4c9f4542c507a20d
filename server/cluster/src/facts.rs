//! What a cluster is: identity, brokers, protocol.

use std::time::Duration;

use kafka_protocol::messages::DescribeClusterRequest;

use crate::Cluster;
use crate::error::ClusterError;

/// A cluster's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterFacts {
    /// Cluster id.
    pub cluster_id: String,
    /// Node id of the controller; `None` where the cluster has none at the moment.
    pub controller: Option<i32>,
    /// Brokers by node id.
    pub brokers: Vec<BrokerFacts>,
}

/// One broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerFacts {
    /// Node id.
    pub id: i32,
    /// Host as clients see it.
    pub host: String,
    /// Port as clients see it.
    pub port: i32,
    /// Rack, where one is configured.
    pub rack: Option<String>,
}

impl Cluster {
    /// Identity and brokers.
    pub async fn describe(&self) -> Result<ClusterFacts, ClusterError> {
        let answer = self
            .rpc
            .send(DescribeClusterRequest::default().with_endpoint_type(1))
            .await?;
        let message = answer.error_message.as_ref().map(|m| m.as_str());
        ClusterError::check("describe cluster", answer.error_code, message)?;
        let mut brokers: Vec<_> = answer.brokers.into_iter().map(broker).collect();
        brokers.sort_by_key(|broker| broker.id);
        Ok(ClusterFacts {
            cluster_id: answer.cluster_id.as_str().to_owned(),
            controller: (answer.controller_id.0 >= 0).then_some(answer.controller_id.0),
            brokers,
        })
    }
}

/// A cluster that just started reads its groups first. As every client does, asks again for a while.
pub(crate) async fn once_loaded<T, F>(ask: impl Fn() -> F) -> Result<T, ClusterError>
where
    F: Future<Output = Result<T, ClusterError>>,
{
    const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 50 });
    const TRIES: usize = 60;
    for _ in 1..TRIES {
        match ask().await {
            Err(ClusterError::Refused { code, .. }) if code.is_group_loading() => {
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
    ask().await
}

fn broker(
    broker: kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker,
) -> BrokerFacts {
    BrokerFacts {
        id: broker.broker_id.0,
        host: broker.host.as_str().to_owned(),
        port: broker.port,
        rack: broker.rack.map(|rack| rack.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn refused(number: i16) -> ClusterError {
        ClusterError::check("list groups", number, None).unwrap_err()
    }

    #[tokio::test]
    async fn groups_being_loaded_are_waited_for_and_not_for_ever() {
        let asked = Cell::new(0);
        let third = once_loaded(|| async {
            asked.set(asked.get() + 1);
            if asked.get() < 3 {
                Err(refused(14))
            } else {
                Ok(asked.get())
            }
        });
        assert_eq!(third.await.unwrap(), 3);
        let never: Result<(), _> = once_loaded(|| async { Err(refused(14)) }).await;
        assert!(matches!(never, Err(ClusterError::Refused { code, .. }) if code.number == 14));
        asked.set(0);
        let other: Result<(), _> = once_loaded(|| async {
            asked.set(asked.get() + 1);
            Err(refused(29))
        })
        .await;
        assert!(other.is_err());
        assert_eq!(asked.get(), 1, "other refusals are told at once");
    }
}
