-- A role for dashboards, which reads measurements and no secret: no hash of a key, no webhook's secret, address or body, no audit.
-- Run it as the owner of the tables, after the migrations and after each upgrade; it may be run as often as you like.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sluice_reader') THEN
    CREATE ROLE sluice_reader LOGIN CONNECTION LIMIT 10;
  END IF;
END
$$;
ALTER ROLE sluice_reader SET default_transaction_read_only = on;
ALTER ROLE sluice_reader SET statement_timeout = '30s';
GRANT USAGE ON SCHEMA public TO sluice_reader;
GRANT SELECT ON request_metrics, scaling_events, work_history, forecast_models TO sluice_reader;
GRANT SELECT (id, name, tier) ON api_keys TO sluice_reader;
GRANT SELECT (id, tenant, endpoint_id, event, job_id, status, round, attempts, created_at, delivered_at, response_status, error)
  ON webhook_deliveries TO sluice_reader;
GRANT SELECT (id, delivery_id, round, number, at, latency_ms, response_status, status) ON webhook_attempts TO sluice_reader;
