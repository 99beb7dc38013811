//go:build linux || darwin || freebsd

package boltstore

import "golang.org/x/sys/unix"

// roomIn tells how many bytes are free in a folder, and on which device.
func roomIn(dir string) (r room, err error) {
	var fs unix.Statfs_t
	var at unix.Stat_t
	if err = unix.Statfs(dir, &fs); err == nil {
		err = unix.Stat(dir, &at)
	}
	return room{known: true, free: uint64(fs.Bavail) * uint64(fs.Bsize), device: uint64(at.Dev)}, err //nolint:gosec,unconvert // none is negative; the types differ between systems
}
