#!/bin/sh
# Run by PostgreSQL's image once, when the database is made: a role for dashboards, with the rights that grafana/reader.sql says.
# Secrets, and what was asked and answered, are not for it. Tables come later, with migrations, so rights are given when a table is made.
set -e
psql --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_READER_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE sluice_reader LOGIN PASSWORD :'password' CONNECTION LIMIT 10;
ALTER ROLE sluice_reader SET default_transaction_read_only = on;
ALTER ROLE sluice_reader SET statement_timeout = '30s';
GRANT USAGE ON SCHEMA public TO sluice_reader;

CREATE FUNCTION sluice_reader_may_read() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
  made text;
BEGIN
  FOR made IN SELECT object_identity FROM pg_event_trigger_ddl_commands() LOOP
    IF made IN ('public.request_metrics', 'public.scaling_events', 'public.work_history', 'public.forecast_models') THEN
      EXECUTE format('GRANT SELECT ON %s TO sluice_reader', made);
    ELSIF made = 'public.api_keys' THEN
      EXECUTE format('GRANT SELECT (id, name, tier) ON %s TO sluice_reader', made);
    ELSIF made = 'public.webhook_deliveries' THEN
      EXECUTE format(
        'GRANT SELECT (id, tenant, endpoint_id, event, job_id, status, round, attempts, created_at, delivered_at, response_status, error) ON %s TO sluice_reader',
        made);
    ELSIF made = 'public.webhook_attempts' THEN
      EXECUTE format(
        'GRANT SELECT (id, delivery_id, round, number, at, latency_ms, response_status, status) ON %s TO sluice_reader', made);
    END IF;
  END LOOP;
EXCEPTION WHEN undefined_column THEN
  RAISE WARNING 'dashboards cannot read %', made;
END
$$;
CREATE EVENT TRIGGER sluice_reader_may_read ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
  EXECUTE FUNCTION sluice_reader_may_read();
SQL
