package main

import "testing"

func TestGaps(t *testing.T) {
	times := []int64{10, 20, 50, 60}
	for _, test := range []struct{ begin, end, wanted int64 }{
		{10, 60, 30}, {0, 15, 10}, {55, 100, 40}, {60, 60, 0}, {21, 40, 19},
	} {
		if gap := longestGap(times, test.begin, test.end); gap != test.wanted {
			t.Errorf("%+v: %d", test, gap)
		}
	}
}

func TestAnOutageIsTheWorstPathThroughNodesThatWereNotHarmed(t *testing.T) {
	availability := &Availability{}
	for at := int64(0); at <= 100; at += 5 {
		for _, workload := range workloads {
			availability.Succeeded(1, workload.Table, true, at)
			if at < 20 || at > 70 {
				availability.Succeeded(2, workload.Table, true, at)
			}
			availability.Succeeded(2, workload.Table, false, at) // A read is no write.
		}
	}
	window := Window{Harmed: []int{2}, Begin: 20, Healed: 60, Ends: 100}
	if outage := availability.Of(window, []int{1, 2}); outage != (Outage{Unharmed: 5, Recovery: 15}) {
		t.Error(outage)
	}
	window.Harmed = []int{1}
	if outage := availability.Of(window, []int{1, 2}); outage != (Outage{Unharmed: 55, Recovery: 15}) {
		t.Error(outage)
	}
	window.Majority = true
	if outage := availability.Of(window, []int{1, 2}); outage.Unharmed != 0 {
		t.Error(outage)
	}
	if missing := availability.missing([]int{1, 2, 3}, 90, 3); len(missing) != len(workloads) || missing[0].node != 3 {
		t.Error(missing)
	}
}
