package store

import "time"

func (e Edit) apply(d *Destination, now time.Time) Did { return Did{} }
