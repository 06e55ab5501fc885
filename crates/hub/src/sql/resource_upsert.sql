INSERT INTO resource (type, id, version, seq, deleted, class, patient)
VALUES (:type, :id, :version, :seq, :deleted, :class, :patient)
ON CONFLICT (type, id) DO UPDATE SET
    version = excluded.version,
    seq     = excluded.seq,
    deleted = excluded.deleted,
    class   = excluded.class,
    patient = excluded.patient
