-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" VARCHAR(64) NOT NULL,
    "tenant" VARCHAR(64) NOT NULL,
    "url" TEXT NOT NULL,
    "description" VARCHAR(200),
    "events" TEXT[],
    "secret" VARCHAR(100) NOT NULL,
    "previous_secret" VARCHAR(100),
    "previous_until" TIMESTAMPTZ(3),
    "disabled_because" VARCHAR(16),
    "disabled_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 0,
    "enabled_version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_secrets" (
    "tenant" VARCHAR(64) NOT NULL,
    "secret" VARCHAR(100) NOT NULL,
    "previous_secret" VARCHAR(100),
    "previous_until" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_secrets_pkey" PRIMARY KEY ("tenant")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" VARCHAR(64) NOT NULL,
    "tenant" VARCHAR(64) NOT NULL,
    "endpoint_id" VARCHAR(64),
    "url" TEXT NOT NULL,
    "event" VARCHAR(32) NOT NULL,
    "job_id" VARCHAR(64) NOT NULL,
    "body" TEXT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "round" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_attempt_at" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "response_status" INTEGER,
    "error" VARCHAR(300),

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempts" (
    "id" VARCHAR(48) NOT NULL,
    "delivery_id" VARCHAR(64) NOT NULL,
    "round" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "latency_ms" DOUBLE PRECISION NOT NULL,
    "response_status" INTEGER,
    "error" VARCHAR(300),
    "answer" TEXT,
    "status" VARCHAR(16) NOT NULL DEFAULT 'pending',
    "next_attempt_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "files" (
    "id" VARCHAR(64) NOT NULL,
    "tenant" VARCHAR(64) NOT NULL,
    "purpose" VARCHAR(32) NOT NULL,
    "filename" VARCHAR(255) NOT NULL,
    "bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "files_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batches" (
    "id" VARCHAR(64) NOT NULL,
    "tenant" VARCHAR(64) NOT NULL,
    "caller" JSONB NOT NULL,
    "request_id" VARCHAR(255) NOT NULL,
    "input_file_id" VARCHAR(64) NOT NULL,
    "endpoint" VARCHAR(64) NOT NULL,
    "completion_window" VARCHAR(8) NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "errors" JSONB,
    "metadata" JSONB,
    "output_file_id" VARCHAR(64),
    "error_file_id" VARCHAR(64),
    "lines_total" INTEGER NOT NULL DEFAULT 0,
    "lines_completed" INTEGER NOT NULL DEFAULT 0,
    "lines_failed" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "in_progress_at" TIMESTAMPTZ(3),
    "finalizing_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "expired_at" TIMESTAMPTZ(3),
    "cancelling_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),

    CONSTRAINT "batches_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "idx_webhook_endpoints_tenant" ON "webhook_endpoints"("tenant");

-- CreateIndex
CREATE INDEX "idx_webhook_endpoints_updated" ON "webhook_endpoints"("updated_at");

-- CreateIndex
CREATE INDEX "idx_webhook_secrets_updated" ON "webhook_secrets"("updated_at");

-- CreateIndex
CREATE INDEX "idx_webhook_deliveries_tenant" ON "webhook_deliveries"("tenant", "created_at");

-- CreateIndex
CREATE INDEX "idx_webhook_deliveries_status" ON "webhook_deliveries"("status", "tenant");

-- CreateIndex
CREATE INDEX "idx_webhook_deliveries_created" ON "webhook_deliveries"("created_at");

-- CreateIndex
CREATE INDEX "idx_webhook_attempts_delivery" ON "webhook_attempts"("delivery_id");

-- CreateIndex
CREATE INDEX "idx_webhook_attempts_at" ON "webhook_attempts"("at");

-- CreateIndex
CREATE INDEX "idx_files_tenant" ON "files"("tenant", "created_at");

-- CreateIndex
CREATE INDEX "idx_files_expires" ON "files"("expires_at");

-- CreateIndex
CREATE INDEX "idx_batches_tenant" ON "batches"("tenant", "created_at");

-- CreateIndex
CREATE INDEX "idx_batches_status" ON "batches"("status");
