//! One metric of one resource, and what is known of it over time.

use std::sync::Arc;

use crate::catalog::Metric;

/// What a series is measured of; which fields are set is a matter of the metric's level.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Resource {
    /// Broker id.
    pub broker: Option<i32>,
    /// Consumer group id.
    pub group: Option<Arc<str>>,
    /// Topic name.
    pub topic: Option<Arc<str>>,
    /// Partition index.
    pub partition: Option<i32>,
}

/// One metric of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Series {
    /// Its line of the catalogue.
    pub metric: &'static Metric,
    /// What it is measured of.
    pub resource: Resource,
}

/// The values of a stretch of time put together: one minute, one hour, or as many minutes as a chart has room for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When the stretch begins, Unix minutes.
    pub minute: i64,
    /// Smallest value.
    pub min: f64,
    /// Mean of the values.
    pub avg: f64,
    /// Largest value.
    pub max: f64,
    /// The newest value.
    pub last: f64,
    /// Minutes of the stretch that have a value.
    pub samples: u32,
}
