CREATE ROLE app LOGIN SUPERUSER PASSWORD 'app-secret';
CREATE DATABASE shop OWNER app;
\connect shop app
CREATE TABLE items (id serial PRIMARY KEY, name text, price numeric);
CREATE TABLE orders (id serial PRIMARY KEY, item integer REFERENCES items, amount integer, note text, at timestamptz DEFAULT now());
CREATE TABLE cards (id serial PRIMARY KEY, number text);
CREATE INDEX ON orders (item);
INSERT INTO items (name, price) SELECT 'item ' || i, i * 1.25 FROM generate_series(1, 2000) i;
INSERT INTO cards (number) SELECT '4242-' || i FROM generate_series(1, 2000) i;
