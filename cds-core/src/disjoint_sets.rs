//! Sets of positions that grow together: which hits are one problem, which records are one patient.

/// Union of sets by the smallest position.
pub(crate) struct DisjointSets {
    parent: Vec<usize>,
}

impl DisjointSets {
    /// So many sets of one.
    pub fn of(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }

    /// The smallest position of the set that a position is in.
    pub fn root(&mut self, position: usize) -> usize {
        let mut root = position;
        while let Some(parent) = self.parent.get(root).copied().filter(|parent| *parent != root) {
            root = parent;
        }
        if let Some(parent) = self.parent.get_mut(position) {
            *parent = root;
        }
        root
    }

    /// Makes one set of two.
    pub fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(parent) = self.parent.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }
}
