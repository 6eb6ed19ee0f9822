-- Precertificates, and the work that a certificate means for CT logs. The program
-- of before writes rows that are right with this table too: it knows no
-- precertificates, and leaves the new columns NULL.
ALTER TABLE certificate
  MODIFY COLUMN certificate BLOB NULL COMMENT 'DER; NULL while only the precertificate is known',
  ADD COLUMN IF NOT EXISTS precertificate BLOB NULL COMMENT 'DER; NULL without CT',
  ADD COLUMN IF NOT EXISTS log_work_due_at BIGINT NULL COMMENT 'when something is to be done with a CT log; while somebody does it, until when he has it',
  ADD COLUMN IF NOT EXISTS log_unsubmitted_since BIGINT NULL COMMENT 'while the certificate is to be submitted; else the work is to check inclusion',
  ADD COLUMN IF NOT EXISTS final_sct BLOB NULL COMMENT 'a log''s promise for the certificate, RFC 6962 section 3.2',
  ADD COLUMN IF NOT EXISTS log_problem VARBINARY(255) NULL COMMENT 'why the last work did not end well, for people';

ALTER TABLE certificate
  ADD INDEX IF NOT EXISTS log_work (log_work_due_at),
  ADD INDEX IF NOT EXISTS log_unsubmitted (log_unsubmitted_since);

ALTER TABLE certificate
  ADD CONSTRAINT IF NOT EXISTS certificate_content CHECK (certificate IS NOT NULL OR precertificate IS NOT NULL);

ALTER TABLE certificate
  ADD CONSTRAINT IF NOT EXISTS certificate_log_work CHECK (log_work_due_at IS NULL OR (certificate IS NOT NULL AND chain_sha256 IS NOT NULL));

ALTER TABLE certificate
  ADD CONSTRAINT IF NOT EXISTS certificate_unsubmitted CHECK (log_unsubmitted_since IS NULL OR log_work_due_at IS NOT NULL);
