package boltstore

import "context"

// InUse tells how many bytes of the file are in use. The file itself is larger:
// it grows by whole pieces, and what was freed is used again.
func (s *Store) InUse(ctx context.Context) (n int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		stats := s.db.Stats()
		n = t.tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*int64(s.db.Info().PageSize)
		return nil
	})
	return n, err
}
