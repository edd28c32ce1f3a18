//! Numbers as they are written: small where their neighbours tell most of them.

use std::mem::replace;

use serde::{Deserialize, Serialize};

use super::columns::{Unfit, unzigzag, zigzag};

/// Differences between neighbours, the first one to zero.
pub(super) fn differences(numbers: impl IntoIterator<Item = u64>) -> Vec<i64> {
    let mut last = 0_u64;
    let difference = |number: u64| number.wrapping_sub(replace(&mut last, number)).cast_signed();
    numbers.into_iter().map(difference).collect()
}

/// What [`differences`] are of.
pub(super) fn sums(differences: &[i64]) -> impl Iterator<Item = u64> {
    let mut sum = 0_u64;
    differences.iter().map(move |difference| {
        sum = sum.wrapping_add(difference.cast_unsigned());
        sum
    })
}

/// Positions in a table, most of which were met shortly before.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Recent {
    /// 0: the same as before. 1: not met yet. Else one more than the number of others that were met since.
    ago: Vec<u32>,
    /// Where `ago` is 1: the position, as its difference to the one behind the greatest that was met.
    new: Vec<i64>,
}

impl Recent {
    pub fn of(positions: impl IntoIterator<Item = u32>) -> Self {
        let mut recent = Self::default();
        // What was met last stands last.
        let mut met: Vec<u32> = Vec::new();
        let mut next = 0_i64;
        for position in positions {
            if let Some(since) = met.iter().rev().position(|known| *known == position) {
                let ago = if since == 0 { 0 } else { since.saturating_add(1) };
                recent.ago.push(u32::try_from(ago).unwrap_or(u32::MAX));
                let _ = move_to_end(&mut met, since);
            } else {
                recent.ago.push(1);
                recent.new.push(i64::from(position).saturating_sub(next));
                next = next.max(i64::from(position).saturating_add(1));
                met.push(position);
            }
        }
        recent
    }

    pub fn positions(&self) -> Result<Vec<u32>, Unfit> {
        let mut positions = Vec::with_capacity(self.ago.len());
        let mut met: Vec<u32> = Vec::new();
        let mut new = self.new.iter();
        let mut next = 0_i64;
        for ago in &self.ago {
            if *ago == 1 {
                let position = new.next().and_then(|new| next.checked_add(*new)).ok_or(Unfit)?;
                met.push(u32::try_from(position).map_err(|_| Unfit)?);
                next = next.max(position.saturating_add(1));
            } else {
                move_to_end(&mut met, usize::try_from(ago.saturating_sub(1)).map_err(|_| Unfit)?)?;
            }
            positions.extend(met.last());
        }
        if new.next().is_none() { Ok(positions) } else { Err(Unfit) }
    }
}

/// Moves what has so many behind it behind them.
fn move_to_end(list: &mut [u32], behind: usize) -> Result<(), Unfit> {
    let start = list.len().checked_sub(behind.saturating_add(1)).ok_or(Unfit)?;
    list.get_mut(start..).ok_or(Unfit)?.rotate_left(1);
    Ok(())
}

/// SNOMED CT concept ids, each made its difference to the one before.
///
/// The last digit of an id is a check digit, and two zeros before it say that it is a concept of the international edition; such
/// an id counts without these three. Others, and ids that are none, count as they are. The lowest bit tells them apart.
pub(super) fn shorten_concepts<'c>(concepts: impl IntoIterator<Item = &'c mut u64>) {
    let mut last = 0_u64;
    for concept in concepts {
        let item = *concept / 1000;
        let short = if with_check_digit(item) == Some(*concept) { item << 1 } else { (*concept << 1) | 1 };
        *concept = zigzag(short.wrapping_sub(replace(&mut last, short)).cast_signed());
    }
}

/// What [`shorten_concepts`] made shorter.
pub(super) fn restore_concepts<'c>(concepts: impl IntoIterator<Item = &'c mut u64>) -> Result<(), Unfit> {
    let mut last = 0_u64;
    for concept in concepts {
        last = last.wrapping_add(unzigzag(*concept).cast_unsigned());
        let number = last >> 1;
        *concept = if last & 1 == 1 { number } else { with_check_digit(number).ok_or(Unfit)? };
    }
    Ok(())
}

/// The concept id of the international edition with this item number; `None` where it is too large.
fn with_check_digit(item: u64) -> Option<u64> {
    let number = item.checked_mul(100)?;
    let id = number.checked_mul(10)?;
    let mut sum = 0_u8;
    let (mut rest, mut place) = (number, 1_usize);
    while rest > 0 {
        let digit = usize::try_from(rest % 10).ok()?;
        sum = verhoeff_sum(sum, *VERHOEFF.get(place % VERHOEFF.len())?.get(digit)?);
        rest /= 10;
        place = place.saturating_add(1);
    }
    let check = (0..10_u8).find(|check| verhoeff_sum(sum, *check) == 0)?;
    id.checked_add(check.into())
}

/// Verhoeff's permutations of a digit, by its place from the right.
const VERHOEFF: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

/// Verhoeff's sum of two digits: how two turns or flips of a pentagon follow each other.
fn verhoeff_sum(a: u8, b: u8) -> u8 {
    let turned = if a < 5 { a.saturating_add(b) } else { a.saturating_add(10).saturating_sub(b) } % 5;
    if (a < 5) == (b < 5) { turned } else { turned.saturating_add(5) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_undone() {
        for numbers in [vec![], vec![5], vec![3, 9, 9, 0, u64::MAX, 1]] {
            assert_eq!(sums(&differences(numbers.clone())).collect::<Vec<_>>(), numbers);
        }
    }

    #[test]
    fn positions_are_undone() {
        for positions in [vec![], vec![0, 0, 1, 0, 2, 1, 1, 0], vec![7, u32::MAX, 7, 3, u32::MAX]] {
            assert_eq!(Recent::of(positions.clone()).positions().unwrap(), positions);
        }
        let recent = Recent::of([0, 0, 1, 0, 2, 1]);
        assert_eq!((recent.ago, recent.new), (vec![1, 0, 1, 2, 1, 3], vec![0, 0, 0]));
    }

    #[test]
    fn positions_that_lead_nowhere_are_refused() {
        let refused = |ago: &[u32], new: &[i64]| Recent { ago: ago.to_vec(), new: new.to_vec() }.positions().is_err();
        assert!(refused(&[0], &[]) && refused(&[1], &[]) && refused(&[1], &[0, 0]), "nothing is there, or too much");
        assert!(refused(&[1], &[-1]) && refused(&[1], &[i64::MAX]) && refused(&[1, 1], &[0, i64::MAX]), "no position");
        assert!(refused(&[1, 2], &[0]) && refused(&[1, u32::MAX], &[0]), "never met");
    }

    #[test]
    fn concepts_are_undone() {
        // The root, the concept of all cores, one of an extension, and numbers that are no ids.
        let mut concepts =
            [138_875_005, 900_000_000_000_207_008, 1_000_124_106, 138_875_006, 0, 7, 1000, u64::MAX >> 1];
        let before = concepts;
        shorten_concepts(&mut concepts);
        assert_eq!(concepts[0], zigzag(138_875 << 1), "without its last three digits");
        restore_concepts(&mut concepts).unwrap();
        assert_eq!(concepts, before);
        assert_eq!(restore_concepts(&mut [zigzag(i64::MAX - 1)]), Err(Unfit));
    }
}
