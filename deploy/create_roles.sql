-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1);

-- name: create_database_statement
SELECT format('CREATE DATABASE %I', $1::text);

-- name: serialize
SELECT pg_advisory_lock(hashtext('ledgerport.create_roles'));

-- name: role_exists
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1);

-- name: create_role_statement
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, $2::text);

-- name: set_password_statement
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text);

-- name: close_database_statement
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());

-- name: close_public_schema
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- name: let_connect_statement
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), $1::text);

-- name: create_schema_statement
SELECT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', $1::text, $2::text);

-- name: set_search_path_statement
SELECT format('ALTER ROLE %I SET search_path = %I', $1::text, $2::text);

-- name: let_use_schema_statement
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', $1::text, $2::text);

-- name: let_read_statement
SELECT format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', $1::text, $2::text);

-- name: let_read_future_statement
SELECT format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON TABLES TO %I',
    $1::text, $2::text, $3::text
);
