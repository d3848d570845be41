-- CreateEnum
CREATE TYPE "scaling_event_type" AS ENUM ('scale_up', 'scale_down');

-- CreateTable
CREATE TABLE "request_metrics" (
    "id" BIGSERIAL NOT NULL,
    "request_id" VARCHAR(255) NOT NULL,
    "client_id" VARCHAR(255) NOT NULL,
    "backend_id" VARCHAR(100) NOT NULL,
    "model" VARCHAR(100) NOT NULL,
    "processing_time_ms" DOUBLE PRECISION NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "success" BOOLEAN NOT NULL,
    "timestamp" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "job_id" VARCHAR(64) NOT NULL,
    "tenant_id" VARCHAR(64) NOT NULL,
    "pool" VARCHAR(64) NOT NULL,
    "worker_id" VARCHAR(64),
    "status" VARCHAR(16) NOT NULL,
    "error_code" VARCHAR(64),
    "accepted_at" TIMESTAMPTZ(3) NOT NULL,
    "queue_wait_ms" DOUBLE PRECISION,
    "attempts" INTEGER NOT NULL,
    "cost_usd" DECIMAL(14,8),

    CONSTRAINT "request_metrics_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scaling_events" (
    "id" BIGSERIAL NOT NULL,
    "event_type" "scaling_event_type" NOT NULL,
    "old_instances" INTEGER NOT NULL,
    "new_instances" INTEGER NOT NULL,
    "trigger_metrics" JSONB,
    "timestamp" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "scaling_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "request_metrics_job_id_key" ON "request_metrics"("job_id");

-- CreateIndex
CREATE INDEX "idx_timestamp" ON "request_metrics"("timestamp");

-- CreateIndex
CREATE INDEX "idx_client_id" ON "request_metrics"("client_id");

-- CreateIndex
CREATE INDEX "idx_backend_id" ON "request_metrics"("backend_id");

-- CreateIndex
CREATE INDEX "idx_success" ON "request_metrics"("success");

-- CreateIndex
CREATE INDEX "idx_scaling_timestamp" ON "scaling_events"("timestamp");
