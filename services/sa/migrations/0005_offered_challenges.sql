-- Which challenges an authorization offers is decided when it is made. Rows from
-- before had the one challenge that there was.
ALTER TABLE authorization
  ADD COLUMN IF NOT EXISTS offered VARBINARY(160) NOT NULL DEFAULT 'http-01' COMMENT 'challenges, with commas between them' AFTER token;
