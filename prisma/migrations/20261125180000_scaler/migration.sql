-- AlterTable
ALTER TABLE "scaling_events" ADD COLUMN "pool" VARCHAR(64),
ADD COLUMN "policy" VARCHAR(16),
ADD COLUMN "mode" VARCHAR(16),
ADD COLUMN "epoch" BIGINT,
ADD COLUMN "reasons" JSONB,
ADD COLUMN "decision_id" VARCHAR(48);

-- CreateTable
CREATE TABLE "work_history" (
    "pool" VARCHAR(64) NOT NULL,
    "bucket_at" TIMESTAMPTZ(3) NOT NULL,
    "busy_slot_seconds" DOUBLE PRECISION NOT NULL,
    "served" INTEGER NOT NULL,
    "accepted" INTEGER NOT NULL,

    CONSTRAINT "work_history_pkey" PRIMARY KEY ("pool","bucket_at")
);

-- CreateTable
CREATE TABLE "forecast_models" (
    "pool" VARCHAR(64) NOT NULL,
    "model" VARCHAR(32) NOT NULL,
    "is_chosen" BOOLEAN NOT NULL,
    "is_trusted" BOOLEAN NOT NULL,
    "pinball_loss" DOUBLE PRECISION,
    "persistence_loss" DOUBLE PRECISION,
    "last_hour_loss" DOUBLE PRECISION,
    "samples" INTEGER NOT NULL,
    "steps" INTEGER NOT NULL,
    "tested_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "forecast_models_pkey" PRIMARY KEY ("pool","model")
);

-- CreateIndex
CREATE UNIQUE INDEX "scaling_events_decision_id_key" ON "scaling_events"("decision_id");
