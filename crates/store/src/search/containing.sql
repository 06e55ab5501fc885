SELECT row_id FROM term WHERE kind = ? AND typeof(text) = 'text' AND instr(text, ?) > 0
