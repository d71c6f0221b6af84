"""The formal letter (邀请函): who an edition's letters are from, and one PDF for each guest, set at delivery."""
