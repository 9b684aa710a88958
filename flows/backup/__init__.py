"""Backup and restore of everything that cannot be made again: `docs/backup_and_recovery.md` tells what that is."""
