"""Metrics: everything that is declared is described and served."""

from gateway.telemetry import metrics


def test_what_is_counted_is_served() -> None:
    """A scrape sees the count and its description."""
    metrics.WEBHOOKS.labels("test-shop", "accepted").inc()
    text = metrics.render().decode()
    assert 'gateway_webhooks_total{connection="test-shop",verdict="accepted"} 1.0' in text
    assert "# HELP gateway_webhooks_total Deliveries by verdict" in text


def test_every_metric_is_ours_by_name_and_says_what_it_is() -> None:
    """Names begin with gateway_, but for those of the process itself."""
    families = list(metrics.REGISTRY.collect())
    assert [f.name for f in families if not f.name.startswith(("gateway_", "p"))] == []
    assert [f.name for f in families if not f.documentation] == []
