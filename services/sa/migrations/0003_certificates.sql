-- What was signed. Not partitioned: serial and issuance_id must stay unique over
-- all time, and each part would keep its own index.
CREATE TABLE IF NOT EXISTS certificate (
  serial BINARY(16) NOT NULL,
  issuance_id BINARY(16) NOT NULL,
  order_id BIGINT UNSIGNED NULL COMMENT 'NULL: found in a signer''s journal, asked for by no order',
  account_id BINARY(24) NULL,
  certificate BLOB NOT NULL COMMENT 'DER',
  chain_sha256 BINARY(32) NULL,
  not_after BIGINT NOT NULL,
  stored_at BIGINT NOT NULL,
  PRIMARY KEY (serial),
  UNIQUE KEY issuance (issuance_id),
  CONSTRAINT certificate_order CHECK ((order_id IS NULL) = (account_id IS NULL) AND (order_id IS NULL) = (chain_sha256 IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The issuers' certificates above a certificate: a few, each stored once.
CREATE TABLE IF NOT EXISTS chain (
  sha256 BINARY(32) NOT NULL,
  certificates MEDIUMBLOB NOT NULL COMMENT 'sa.v1.GetCertificateResponse with its field chain only',
  PRIMARY KEY (sha256)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far each signer's journal has been compared with the certificates.
CREATE TABLE IF NOT EXISTS signer_cursor (
  signer VARBINARY(64) NOT NULL,
  next_index BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (signer)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
