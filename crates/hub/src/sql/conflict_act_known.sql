SELECT conflict_id FROM conflict_act WHERE act_id = :act_id
