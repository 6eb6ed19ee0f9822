-- All that the SA's own database user may do: nothing is ever deleted, and no
-- table changed. Apply it as the owner of the schema after each migration that
-- makes a table, with the user's name in place of 'cairn_sa'@'localhost'.
GRANT SELECT, INSERT, UPDATE ON account TO 'cairn_sa'@'localhost';
GRANT SELECT, INSERT, UPDATE ON acme_order TO 'cairn_sa'@'localhost';
GRANT SELECT, INSERT, UPDATE ON authorization TO 'cairn_sa'@'localhost';
GRANT SELECT, INSERT, UPDATE ON certificate TO 'cairn_sa'@'localhost';
GRANT SELECT, INSERT ON chain TO 'cairn_sa'@'localhost';
GRANT SELECT, INSERT, UPDATE ON log_position TO 'cairn_sa'@'localhost';
GRANT SELECT, INSERT, UPDATE ON signer_cursor TO 'cairn_sa'@'localhost';
