package boltstore

import (
	"crypto/rand"
	"fmt"
)

// An upgrade makes a file of the version below to one of version to. It is run
// once, in one commit with all others that a file needs.
type upgrade struct {
	to uint64
	do func(*tx) error
}

// upgrades lists the way from the first version to the newest. One that was
// released is never changed.
func upgrades() []upgrade {
	return []upgrade{
		{to: 1, do: func(*tx) error { return nil }},
		{to: 2, do: func(t *tx) error {
			for _, name := range []string{bucketExpired, bucketInbox} {
				if _, err := t.tx.CreateBucketIfNotExists([]byte(name)); err != nil {
					return err
				}
			}
			return t.name()
		}},
	}
}

// newest is the version of the layout after all upgrades. A newer one is refused.
func newest(all []upgrade) uint64 { return all[len(all)-1].to }

// name gives the store a name that no other has.
func (t *tx) name() error { return t.put(bucketMeta, []byte(keyName), []byte(rand.Text())) }

// oldest is the lowest version that is read as it is: what a later one added is
// taken for empty.
const oldest = 1

// upgrade brings a file that was checked to the newest version. The file as it
// was is kept beside it. One opened for reading is left as it is.
func (s *Store) upgrade(all []upgrade, reading bool) error {
	var has uint64
	err := view(s.db, func(t *tx) (err error) {
		has, err = t.number([]byte(keySchema))
		return err
	})
	if err != nil || has == newest(all) {
		return err
	}
	if reading {
		s.warnings = append(s.warnings, fmt.Sprintf(
			"the store %s has version %d and stays as it is; rasid run of this rasid upgrades it to %d", s.path, has, newest(all)))
		return nil
	}
	kept := fmt.Sprintf("%s.v%d", s.path, has)
	if err = s.Snapshot(kept); err != nil {
		return fmt.Errorf("upgrade store %s from version %d to %d: keep the file as it is in %s: %w; nothing was changed",
			s.path, has, newest(all), kept, err)
	}
	err = update(s.db, func(t *tx) error {
		for _, x := range all {
			if x.to <= has {
				continue
			}
			if inner := x.do(t); inner != nil {
				return fmt.Errorf("to version %d: %w", x.to, inner)
			}
		}
		return t.putNumber(bucketMeta, []byte(keySchema), newest(all))
	})
	if err != nil {
		return fmt.Errorf("upgrade store %s from version %d: %w; the file is as it was, and so is its copy %s", s.path, has, err, kept)
	}
	s.warnings = append(s.warnings, fmt.Sprintf(
		"the store %s was upgraded from version %d to %d; to go back to an older rasid, stop this one and put %s in its place", s.path, has, newest(all), kept))
	return nil
}
