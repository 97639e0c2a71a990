-- Whoever made or undid a match is a person that there is. Of what rules match nobody is named, and nothing is looked
-- up: a foreign key would queue two checks for each of them.
CREATE FUNCTION reconciliation_by_a_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(ARRAY[NEW.matched_by_id, NEW.undone_by_id]) AS p(id)
                WHERE p.id IS NOT NULL AND NOT EXISTS (SELECT FROM access_user u WHERE u.id = p.id)) THEN
        RAISE EXCEPTION 'a match is made and undone by somebody' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER match_by_a_person AFTER INSERT OR UPDATE ON reconciliation_match
    FOR EACH ROW WHEN (coalesce(NEW.matched_by_id, NEW.undone_by_id) IS NOT NULL)
    EXECUTE FUNCTION reconciliation_by_a_person();
