-- The schema after all migrations. Never edited: schema_test prints what belongs here.
CREATE TABLE `account` (
  `account_id` binary(24) NOT NULL COMMENT 'hash of first_thumbprint and salt, libs/acme/account_id.h',
  `thumbprint` binary(32) NOT NULL COMMENT 'of the current key, RFC 7638',
  `jwk` varbinary(4096) NOT NULL COMMENT 'the current key, canonical JSON',
  `salt` binary(16) NOT NULL,
  `first_thumbprint` binary(32) NOT NULL,
  `status` tinyint(3) unsigned NOT NULL COMMENT '1 valid, 2 deactivated, 3 revoked',
  `contact` varbinary(2000) NOT NULL COMMENT 'URLs, one a line',
  `created_at` bigint(20) NOT NULL COMMENT 'seconds since 1970, as all times',
  `terms_agreed_at` bigint(20) NOT NULL COMMENT '0: never asked',
  `terms_url` varbinary(500) NOT NULL,
  PRIMARY KEY (`account_id`),
  UNIQUE KEY `thumbprint` (`thumbprint`),
  CONSTRAINT `account_status` CHECK (`status` between 1 and 3)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `acme_order` (
  `order_id` bigint(20) unsigned NOT NULL COMMENT '42 bits of milliseconds since 2026, 22 random ones',
  `account_id` binary(24) NOT NULL,
  `profile` varbinary(64) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `expires_at` bigint(20) NOT NULL,
  `state` tinyint(3) unsigned NOT NULL COMMENT '1 open, 2 processing, 3 valid, 4 invalid; the status follows from it and the authorizations',
  `issuance_id` binary(16) DEFAULT NULL,
  `finalize_jws` mediumblob DEFAULT NULL COMMENT 'the subscriber''s request, byte for byte',
  `began_at` bigint(20) DEFAULT NULL,
  `lease_until` bigint(20) DEFAULT NULL COMMENT 'while processing: until when somebody works on it',
  `added_attempts` mediumblob DEFAULT NULL COMMENT 'receipts of CAA rechecks: sa.v1.AddReceiptsRequest, one after the other',
  `problem` blob DEFAULT NULL COMMENT 'core.v1.Problem',
  `serial` binary(16) DEFAULT NULL,
  PRIMARY KEY (`order_id`),
  KEY `lease` (`lease_until`),
  CONSTRAINT `order_state` CHECK (`state` between 1 and 4),
  CONSTRAINT `order_lease` CHECK (`lease_until` is not null = (`state` = 2)),
  CONSTRAINT `order_issuance` CHECK (`state` not in (2,3) or `issuance_id` is not null),
  CONSTRAINT `order_serial` CHECK (`serial` is not null = (`state` = 3))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `authorization` (
  `order_id` bigint(20) unsigned NOT NULL,
  `position` int(10) unsigned NOT NULL,
  `account_id` binary(24) NOT NULL,
  `identifier_type` tinyint(3) unsigned NOT NULL COMMENT '1 dns, 2 ip',
  `identifier_value` varbinary(255) NOT NULL,
  `wildcard` tinyint(3) unsigned NOT NULL,
  `token` binary(16) NOT NULL,
  `offered` varbinary(160) NOT NULL DEFAULT 'http-01' COMMENT 'challenges, with commas between them',
  `status` tinyint(3) unsigned NOT NULL COMMENT '1 pending, 2 processing, 3 valid, 4 invalid, 5 deactivated',
  `method` varbinary(32) NOT NULL COMMENT 'the challenge that was answered, or nothing',
  `lease_until` bigint(20) DEFAULT NULL COMMENT 'while processing',
  `validated_at` bigint(20) DEFAULT NULL,
  `expires_at` bigint(20) NOT NULL,
  `attempt` mediumblob DEFAULT NULL COMMENT 'evidence.v1.Attempt',
  `corroboration` varbinary(255) DEFAULT NULL,
  `problem` blob DEFAULT NULL COMMENT 'core.v1.Problem',
  `name_key` binary(16) NOT NULL COMMENT 'hash of account, identifier and wildcard',
  `reuse_key` binary(16) DEFAULT NULL COMMENT 'name_key while valid: where newOrder looks',
  `reuses_order_id` bigint(20) unsigned DEFAULT NULL COMMENT 'this position is filled by that other authorization',
  `reuses_position` int(10) unsigned DEFAULT NULL,
  PRIMARY KEY (`order_id`,`position`),
  KEY `reuse` (`reuse_key`),
  KEY `lease` (`lease_until`),
  CONSTRAINT `authorization_type` CHECK (`identifier_type` between 1 and 2),
  CONSTRAINT `authorization_status` CHECK (`status` between 1 and 5),
  CONSTRAINT `authorization_wildcard` CHECK (`wildcard` between 0 and 1),
  CONSTRAINT `authorization_lease` CHECK (`lease_until` is not null = (`status` = 2)),
  CONSTRAINT `authorization_valid` CHECK (`status` <> 3 or `reuses_order_id` is not null or `validated_at` is not null and `attempt` is not null),
  CONSTRAINT `authorization_reuses` CHECK (`reuses_order_id` is null = (`reuses_position` is null))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `certificate` (
  `serial` binary(16) NOT NULL,
  `issuance_id` binary(16) NOT NULL,
  `order_id` bigint(20) unsigned DEFAULT NULL COMMENT 'NULL: found in a signer''s journal, asked for by no order',
  `account_id` binary(24) DEFAULT NULL,
  `certificate` blob DEFAULT NULL COMMENT 'DER; NULL while only the precertificate is known',
  `chain_sha256` binary(32) DEFAULT NULL,
  `not_after` bigint(20) NOT NULL,
  `stored_at` bigint(20) NOT NULL,
  `precertificate` blob DEFAULT NULL COMMENT 'DER; NULL without CT',
  `scts` blob DEFAULT NULL COMMENT 'sa.v1.StorePrecertificateResponse, until the certificate is there',
  `log_work_due_at` bigint(20) DEFAULT NULL COMMENT 'when something is to be done with a CT log; while somebody does it, until when he has it',
  `log_unsubmitted_since` bigint(20) DEFAULT NULL COMMENT 'while the certificate is to be submitted; else the work is to check inclusion',
  `final_sct` blob DEFAULT NULL COMMENT 'a log''s promise for the certificate, RFC 6962 section 3.2',
  `log_problem` varbinary(255) DEFAULT NULL COMMENT 'why the last work did not end well, for people',
  PRIMARY KEY (`serial`),
  UNIQUE KEY `issuance` (`issuance_id`),
  KEY `log_work` (`log_work_due_at`),
  KEY `log_unsubmitted` (`log_unsubmitted_since`),
  CONSTRAINT `certificate_order` CHECK (`order_id` is null = (`account_id` is null) and `order_id` is null = (`chain_sha256` is null)),
  CONSTRAINT `certificate_content` CHECK (`certificate` is not null or `precertificate` is not null),
  CONSTRAINT `certificate_log_work` CHECK (`log_work_due_at` is null or `certificate` is not null and `chain_sha256` is not null),
  CONSTRAINT `certificate_unsubmitted` CHECK (`log_unsubmitted_since` is null or `log_work_due_at` is not null)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `chain` (
  `sha256` binary(32) NOT NULL,
  `certificates` mediumblob NOT NULL COMMENT 'sa.v1.GetCertificateResponse with its field chain only',
  PRIMARY KEY (`sha256`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `log_position` (
  `log_id` binary(32) NOT NULL,
  `next_entry` bigint(20) unsigned NOT NULL,
  `moved_at` bigint(20) NOT NULL,
  PRIMARY KEY (`log_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `schema_migration` (
  `number` int(10) unsigned NOT NULL,
  `name` varbinary(100) NOT NULL,
  `sha256` binary(32) NOT NULL,
  `applied_at` bigint(20) NOT NULL,
  PRIMARY KEY (`number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `signer_cursor` (
  `signer` varbinary(64) NOT NULL,
  `next_index` bigint(20) unsigned NOT NULL,
  PRIMARY KEY (`signer`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

