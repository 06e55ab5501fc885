UPDATE conflict SET
    class = :class, kind = :kind, status = :status, closed_at = :closed_at, assignee = :assignee,
    reopened = :reopened, sides = :sides, proposal = :proposal, ending = :ending,
    seq = (SELECT max(seq) + 1 FROM conflict)
WHERE id = :id
