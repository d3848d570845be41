-- CreateTable
CREATE TABLE "backends" (
    "id" VARCHAR(40) NOT NULL,
    "config" JSONB,
    "change" JSONB,
    "hides_configured" BOOLEAN NOT NULL DEFAULT false,
    "removed_at" TIMESTAMPTZ(3),
    "revision" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "backends_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "routes" (
    "pattern" VARCHAR(100) NOT NULL,
    "config" JSONB NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    "revision" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "routes_pkey" PRIMARY KEY ("pattern")
);

-- Tokens that nobody counted are estimates.
ALTER TABLE "request_metrics" ADD COLUMN "usage_estimated" BOOLEAN NOT NULL DEFAULT false;
