"""What every page needs: guards, language, paging, navigation, security headers."""
