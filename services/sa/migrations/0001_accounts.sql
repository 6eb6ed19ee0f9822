-- Subscribers' accounts. Byte strings are BINARY and VARBINARY throughout: keys
-- and identifiers compare octet by octet, and no collation has a say.
CREATE TABLE IF NOT EXISTS account (
  account_id BINARY(24) NOT NULL COMMENT 'hash of first_thumbprint and salt, libs/acme/account_id.h',
  thumbprint BINARY(32) NOT NULL COMMENT 'of the current key, RFC 7638',
  jwk VARBINARY(4096) NOT NULL COMMENT 'the current key, canonical JSON',
  salt BINARY(16) NOT NULL,
  first_thumbprint BINARY(32) NOT NULL,
  status TINYINT UNSIGNED NOT NULL COMMENT '1 valid, 2 deactivated, 3 revoked',
  contact VARBINARY(2000) NOT NULL COMMENT 'URLs, one a line',
  created_at BIGINT NOT NULL COMMENT 'seconds since 1970, as all times',
  terms_agreed_at BIGINT NOT NULL COMMENT '0: never asked',
  terms_url VARBINARY(500) NOT NULL,
  PRIMARY KEY (account_id),
  UNIQUE KEY thumbprint (thumbprint),
  CONSTRAINT account_status CHECK (status BETWEEN 1 AND 3)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
