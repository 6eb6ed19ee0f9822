-- SCTs that the signer has not put into a certificate yet, so that whoever goes on
-- with the issuance need not ask the logs again.
ALTER TABLE certificate
  ADD COLUMN IF NOT EXISTS scts BLOB NULL COMMENT 'sa.v1.StorePrecertificateResponse, until the certificate is there' AFTER precertificate;
