INSERT INTO resource_version (type, id, version, operation, class, body, vector_clock,
                              last_updated, user_name, device_id, edited_at)
VALUES (:type, :id, :version, :operation, :class, :body, :vector_clock,
        :last_updated, :user_name, :device_id, :edited_at)
