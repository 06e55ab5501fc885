INSERT INTO conflict_act (act_id, conflict_id, act, user_name, device_id, at, text)
VALUES (:act_id, :conflict_id, :act, :user_name, :device_id, :now, :text)
