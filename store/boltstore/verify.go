package boltstore

func verify(string) error { return nil }
