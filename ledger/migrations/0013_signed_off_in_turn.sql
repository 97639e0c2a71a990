-- A day is signed off once every sign-off is there that its process adds before.
CREATE FUNCTION ledger_sign_off_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refdata_require_step('process.close_day', 'businessday', NEW.id, 'sign-off');
    RETURN NEW;
END $$;
CREATE TRIGGER businessday_in_turn BEFORE UPDATE OF state ON ledger_businessday
    FOR EACH ROW WHEN (OLD.state = 'CLOSED' AND NEW.state = 'SIGNED_OFF') EXECUTE FUNCTION ledger_sign_off_in_turn();
