"""Reports on deals, whoever made them: numbers, a tear sheet, a chart. Nothing here trades."""
