-- The durable limit beside which admission is measured: one transaction, an order and its event, nothing else.
\set account random(1, 1000)
begin;
insert into bench_order (client_order_id, account, symbol, side, quantity, price, status) values (gen_random_uuid()::text, :account, 'SPY', 1, 100, 500.25, 'new') returning id \gset
insert into bench_event (order_id, body) values (:id, '{"event": "new"}');
commit;
