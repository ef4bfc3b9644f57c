"""How ready the exam sites are, as their servers last told in their journals."""
