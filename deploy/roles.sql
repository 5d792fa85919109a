-- The roles of qtweb, its database and what each role may do there.
--
-- Run as a superuser of PostgreSQL 18:   psql -f deploy/roles.sql postgres
-- It may be run again and again. The embedded server of `make demo` and `make serve` runs it at every start; in
-- production a database administrator runs the same file once and then sets the passwords, which are not here:
--     \password qtweb_migrate
--     \password qtweb_app
--
--   qtweb_owner    owns the database and every table; nobody logs in as it
--   qtweb_migrate  logs in to migrate (MIGRATION_DATABASE_URL) and acts as qtweb_owner from the first statement
--   qtweb_app      logs in to serve (DATABASE_URL); owns nothing and is a member of nothing, so that what it was
--                  not granted, and what a trigger forbids, it cannot give back to itself

\set ON_ERROR_STOP on
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['qtweb_owner', 'qtweb_migrate', 'qtweb_app']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE qtweb_owner   NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE qtweb_migrate LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE qtweb_app     LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

GRANT qtweb_owner TO qtweb_migrate WITH INHERIT FALSE, SET TRUE;
ALTER ROLE qtweb_migrate SET role = 'qtweb_owner';

SELECT 'CREATE DATABASE qtweb OWNER qtweb_owner ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'qtweb')
\gexec

ALTER DATABASE qtweb OWNER TO qtweb_owner;
REVOKE ALL ON DATABASE qtweb FROM PUBLIC;
GRANT CONNECT ON DATABASE qtweb TO qtweb_migrate, qtweb_app;

\connect qtweb
SET client_min_messages = warning;

ALTER SCHEMA public OWNER TO qtweb_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO qtweb_app;

-- No DELETE and no TRUNCATE: a migration grants DELETE on the few tables where rows may go.
ALTER DEFAULT PRIVILEGES FOR ROLE qtweb_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE ON TABLES TO qtweb_app;
ALTER DEFAULT PRIVILEGES FOR ROLE qtweb_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO qtweb_app;
-- PUBLIC may execute every new function unless that is revoked for the role as a whole.
ALTER DEFAULT PRIVILEGES FOR ROLE qtweb_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE qtweb_owner IN SCHEMA public
    GRANT EXECUTE ON FUNCTIONS TO qtweb_app;
