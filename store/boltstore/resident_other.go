//go:build !unix

package boltstore

// release does nothing where the system is not told what is not needed.
func (t *tx) release() {}
