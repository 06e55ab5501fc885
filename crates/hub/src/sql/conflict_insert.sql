INSERT INTO conflict (id, type, resource_id, class, kind, status, device_id, device_name, escalated_by,
                      escalated_at, opened_at, sides, seq)
VALUES (:id, :type, :resource_id, :class, :kind, 'open', :device_id, :device_name, :escalated_by,
        :now, :opened_at, :sides, (SELECT coalesce(max(seq), 0) + 1 FROM conflict))
