CREATE INDEX desk_deal_by_instrument ON deals_deal (instrument_id, id);
CREATE INDEX desk_deal_by_book ON deals_deal (book_id, id);
CREATE INDEX desk_deal_by_trade_date ON deals_deal (trade_date, id);
CREATE INDEX desk_inbound_by_state ON deals_inbound (state, id);
CREATE INDEX desk_settlement_by_status ON settlements_settlement (status, id);
CREATE INDEX desk_settlement_by_due_date ON settlements_settlement (due_date, id);
CREATE INDEX desk_settlement_by_source ON settlements_settlement (source_type, source_id);
CREATE INDEX desk_reservation_live ON limits_reservation (limit_id, id) WHERE state IN ('HELD', 'COMMITTED');
CREATE INDEX desk_settlement_by_book ON settlements_settlement (book_id, id);
