package main

import (
	"reflect"
	"slices"
	"testing"
)

func draw(t *testing.T, seed uint64, nodes int) []Fault {
	t.Helper()
	plan, err := newPlan(seed, nodes, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	faults := []Fault{}
	for range 500 {
		faults = append(faults, plan.Next())
	}
	return faults
}

func TestTheSameSeedDrawsTheSameFaults(t *testing.T) {
	if !reflect.DeepEqual(draw(t, 3, 5), draw(t, 3, 5)) {
		t.Error("the faults of a seed differ")
	}
	if reflect.DeepEqual(draw(t, 3, 5), draw(t, 4, 5)) {
		t.Error("the faults of two seeds are the same")
	}
}

func TestFaultsHarmAMinorityUnlessTheySaySo(t *testing.T) {
	for _, nodes := range []int{1, 3, 4, 5} {
		for _, fault := range draw(t, 1, nodes) {
			most := max(1, (nodes-1)/2)
			if fault.Kind == "bridge" {
				most = nodes - 1
			}
			if !majority(fault.Kind) && len(fault.Nodes) > most {
				t.Errorf("%d nodes: %s harms %d", nodes, fault, len(fault.Nodes))
			}
			if majority(fault.Kind) && len(fault.Nodes) <= nodes/2 {
				t.Errorf("%d nodes: %s leaves a majority", nodes, fault)
			}
		}
	}
}

func TestABridgeReachesAMajorityOnEitherSide(t *testing.T) {
	for _, nodes := range []int{3, 5} {
		for _, fault := range draw(t, 2, nodes) {
			if fault.Kind != "bridge" {
				continue
			}
			for _, group := range fault.Groups {
				if len(group) <= nodes/2 {
					t.Errorf("%v has no majority of %d", group, nodes)
				}
			}
		}
	}
}

func TestEveryKindIsDrawnAndDone(t *testing.T) {
	faults := draw(t, 5, 3)
	for _, kind := range kinds {
		if actions[kind.Name] == nil {
			t.Errorf("nobody does %q", kind.Name)
		}
		if !slices.ContainsFunc(faults, func(fault Fault) bool { return fault.Kind == kind.Name }) {
			t.Errorf("%q is never drawn", kind.Name)
		}
	}
}

func TestOnlyWhatIsNamedIsDrawn(t *testing.T) {
	if _, err := newPlan(1, 3, true, []string{"nothing"}); err == nil {
		t.Error("an unknown kind was taken")
	}
	if _, err := newPlan(1, 1, true, []string{"partition"}); err == nil {
		t.Error("one node was to be parted")
	}
	plan, err := newPlan(1, 3, true, []string{"pause", "kill"})
	if err != nil || len(plan.kinds) != 2 {
		t.Error(plan, err)
	}
}
