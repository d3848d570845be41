-- CreateTable
CREATE TABLE "api_keys" (
    "id" VARCHAR(32) NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "previous_hash" CHAR(64),
    "previous_until" TIMESTAMPTZ(3),
    "name" VARCHAR(100) NOT NULL,
    "tier" VARCHAR(40) NOT NULL,
    "tenant" VARCHAR(100),
    "scopes" TEXT[],
    "models" TEXT[],
    "budget_usd_per_day" DECIMAL(14,6),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_audit" (
    "id" BIGSERIAL NOT NULL,
    "timestamp" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "request_id" VARCHAR(255) NOT NULL,
    "actor" VARCHAR(20) NOT NULL,
    "address" VARCHAR(64) NOT NULL,
    "action" VARCHAR(200) NOT NULL,
    "detail" JSONB NOT NULL,
    "status" INTEGER,

    CONSTRAINT "admin_audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_previous_hash_key" ON "api_keys"("previous_hash");

-- CreateIndex
CREATE INDEX "idx_admin_audit_timestamp" ON "admin_audit"("timestamp");
