"""What goes back to a province: letters and the correction workbook."""
