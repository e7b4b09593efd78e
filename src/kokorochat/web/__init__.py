"""The platform: counselors practise in live role-plays and their sessions become a corpus (Django)."""
