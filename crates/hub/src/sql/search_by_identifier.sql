  AND r.id IN (
      SELECT i.id
      FROM json_each(?) AS sought
      JOIN resource_identifier AS i
        ON (sought.value ->> 'value' IS NULL OR i.value = sought.value ->> 'value')
       AND (sought.value ->> 'system' IS NULL OR i.system = sought.value ->> 'system')
      WHERE i.type = r.type
  )
