-- How far each CT log was read for certificates of our issuers.
CREATE TABLE IF NOT EXISTS log_position (
  log_id BINARY(32) NOT NULL PRIMARY KEY,
  next_entry BIGINT UNSIGNED NOT NULL,
  moved_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
