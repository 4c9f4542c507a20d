//! One file per Kafka API key: decode → domain call → response. The table lists them all.
//!
//! Each file has `pub(crate) async fn handle(broker: &Arc<Broker>, ctx: &RequestContext, request: XRequest) -> XResponse`.
//! A broken request is answered with the protocol's error in the response; a handler never panics on input.
